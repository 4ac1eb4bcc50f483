/** The installation as a whole: its policy, its lives, its kill switch. */
import { describe, expect, test } from 'vitest';
import type { System } from '../../src/control/system.ts';
import { policyOf, World } from '../support/world.ts';

describe('the installation', () => {
  const world = new World(policyOf());
  const system = () => world.states.get('system/main') as System;
  test('a policy is adopted once; a life that did not end is a crash', () => {
    const adopt = { type: 'system.adopt-policy', hash: 'h', text: '{}', by: 'operator:x' } as const;
    expect(world.send(adopt).events).toHaveLength(1);
    expect(world.send(adopt).events).toHaveLength(0);
    const start = (boot: string) =>
      world.send({ type: 'system.start', boot, version: '1', pid: 1 }).events[0]?.data;
    expect([start('b-1'), start('b-2')]).toMatchObject([{ crashed: null }, { crashed: 'b-1' }]);
    expect(world.send({ type: 'system.stop', boot: 'b-1', reason: '' }).events).toEqual([]);
    world.send({ type: 'system.stop', boot: 'b-2', reason: '' });
    expect(start('b-3')).toMatchObject({ crashed: null });
    world.send({ type: 'system.repair', what: 'x', detail: 'y' });
    expect(system()).toMatchObject({ policyHash: 'h', repairs: 1, boot: 'b-3', halted: null });
  });
  test('the kill switch is the operator’s', () => {
    const halt = { type: 'system.halt', reason: 'stop' } as const;
    const code = (command: Parameters<World['send']>[0], actor?: string) =>
      world.send(command, actor).refusal?.code;
    expect(code({ type: 'system.unhalt' })).toBe('not-halted');
    expect(code(halt, 'agent:x')).toBe('not-an-operator');
    expect(code(halt)).toBeUndefined();
    expect(system().halted).toMatchObject({ reason: 'stop' });
    expect(code(halt)).toBe('halted');
    expect(code({ type: 'system.unhalt' }, 'system:timers')).toBe('not-an-operator');
    expect(code({ type: 'system.unhalt' })).toBeUndefined();
    expect(system().halted).toBeNull();
  });
});
