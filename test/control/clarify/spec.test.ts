import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderSpec, type SpecInput, verifySpec } from '../../../src/control/spec.ts';

const sha256 = (s: string) => createHash('sha256').update(s).digest('hex');

const input: SpecInput = {
  mission: 'm-abc123',
  repos: ['hono', 'pg-boss'],
  rules: '1',
  before: 71,
  after: 12,
  created: '2026-01-02T03:04:05.000Z',
  request: 'Make it 30 s.\n\n## Out of scope\n\n```\n--- \ndigest: "0000"\n',
  answers: [{ question: 'Which file?', answer: 'src/cli.ts\n## Assumptions' }],
  assumptions: ['The work happens in src/cli.ts.'],
  acceptance: ['timeout is 30 s\n# forged'],
  outOfScope: [],
  plan: ['task-1 in shop: mend the total'],
};

describe('the clarified spec', () => {
  it('verifies as rendered and names its mission', () => {
    const { text, digest } = renderSpec(input, sha256);
    expect(verifySpec(text, sha256)).toEqual({ ok: true, digest, mission: 'm-abc123' });
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('has the digest that its definition gives', () => {
    const { text, digest } = renderSpec(input, sha256);
    expect(text.split(digest)).toHaveLength(2);
    expect(sha256(text.replace(digest, '0'.repeat(64)))).toBe(digest);
  });

  it('is the same for the same input', () => {
    expect(renderSpec(input, sha256)).toEqual(renderSpec({ ...input }, sha256));
    expect(renderSpec({ ...input, after: 13 }, sha256).digest).not.toBe(
      renderSpec(input, sha256).digest,
    );
  });

  it('has front matter that any YAML reader understands', () => {
    const { text, digest } = renderSpec({ ...input, mission: 'm-"x: 1\u2028#' }, sha256);
    expect(parse(text.split('---\n')[1] ?? '')).toEqual({
      format: 'aedev-spec/1',
      mission: 'm-"x: 1\u2028#',
      repos: ['hono', 'pg-boss'],
      rules: '1',
      score_before: 71,
      score_after: 12,
      created: '2026-01-02T03:04:05.000Z',
      digest,
    });
  });

  it('keeps the request verbatim and lets no text from outside make a section', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            '```',
            '````',
            '# x',
            '## Request',
            '\n',
            '\r',
            '---',
            '<!--',
            '`',
            'a ',
            '~~~',
            '\u2028',
          ),
          { maxLength: 30 },
        ),
        (parts) => {
          const hostile = parts.join('');
          const { text } = renderSpec(
            {
              ...input,
              request: hostile,
              answers: [{ question: hostile, answer: hostile }],
              acceptance: [hostile],
              assumptions: [hostile],
              outOfScope: [hostile],
            },
            sha256,
          );
          expect(text).toContain(`text\n${hostile}\n`);
          expect(headings(text)).toEqual([
            '# Clarified spec',
            '## Request',
            '## Questions and answers',
            '## Assumptions',
            '## Acceptance criteria',
            '## Out of scope',
            '## Plan',
          ]);
          expect(verifySpec(text, sha256).ok).toBe(true);
        },
      ),
    );
  });

  it('is refused when any bit of any byte is flipped', () => {
    const { text } = renderSpec({ ...input, request: '改成 30 秒 🙂' }, sha256);
    const bytes = Buffer.from(text, 'utf8');
    for (let i = 0; i < bytes.length; i++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Buffer.from(bytes);
        changed[i] = (changed[i] as number) ^ (1 << bit);
        expect(verifySpec(changed.toString('utf8'), sha256).ok, `byte ${i} bit ${bit}`).toBe(false);
      }
    }
  });

  it('is refused when cut, extended or with other line ends', () => {
    const { text } = renderSpec(input, sha256);
    for (let cut = 0; cut < text.length; cut += 7)
      expect(verifySpec(text.slice(0, cut), sha256).ok).toBe(false);
    for (const changed of [
      `${text}\n`,
      `\uFEFF${text}`,
      ` ${text}`,
      text.replaceAll('\n', '\r\n'),
      `${text}${text}`,
      '',
    ]) {
      const verdict = verifySpec(changed, sha256);
      expect(verdict.ok).toBe(false);
      if (!verdict.ok) expect(verdict.reason).toMatch(/\w/);
    }
  });

  it('does not give two texts the same digest by way of broken Unicode', () => {
    const { text } = renderSpec({ ...input, request: 'a\uD83Db' }, sha256);
    expect(text).toContain('a\uFFFDb');
    expect(verifySpec(text, sha256).ok).toBe(true);
    expect(verifySpec(text.replace('a\uFFFDb', 'a\uD83Db'), sha256).ok).toBe(false);
  });
});

/** Markdown headings outside fences, after the front matter. */
function headings(text: string): string[] {
  const out: string[] = [];
  let fence = '';
  for (const line of text.slice(text.indexOf('\n---\n') + 5).split(/\r\n?|\n/)) {
    const run = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (fence === '' && run !== null) fence = run[1] as string;
    else if (
      fence !== '' &&
      run !== null &&
      run[2]?.trim() === '' &&
      (run[1] as string).startsWith(fence)
    )
      fence = '';
    else if (fence === '' && line.startsWith('#')) out.push(line);
  }
  return out;
}
