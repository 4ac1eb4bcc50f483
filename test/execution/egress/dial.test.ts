import { networkInterfaces } from 'node:os';
import { expect, it, vi } from 'vitest';
import { dial } from '../../../src/execution/egress/dial.ts';

vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  networkInterfaces: vi.fn(() => ({ eth0: [{ address: '93.184.216.34' }] })),
}));

it("does not dial this machine by its public address, past its firewall's outside", async () => {
  const target = { host: 'ok.test', port: 443 };
  const options = { connectMs: 1000, resolve: async () => ['93.184.216.34'] };
  await expect(dial(target, options)).rejects.toMatchObject({ tag: 'forbidden-address' });
  expect(networkInterfaces).toHaveBeenCalled();
});
