/** What the demo shows while it works: plain lines with the seconds so far, as readable in a CI log. */
import { type Ink, ink, safe } from '../surfaces/cli/output.ts';

export interface Screen {
  readonly paint: Ink;
  line(text?: string): void;
  title(text: string): void;
  /** One thing that happened and whose doing it was. `text` may come from outside: it is escaped. */
  step(who: string, text: string): void;
  /** As `step`, below the one before; may hold colour, so `text` must be safe already. */
  more(text: string): void;
  seconds(): number;
}

const MARGIN = 19;

export function createScreen(write: (text: string) => void, colour: boolean): Screen {
  const start = performance.now();
  const paint = ink(colour);
  const seconds = () => Math.round((performance.now() - start) / 100) / 10;
  const line = (text = '') => write(`${text}\n`);
  return {
    paint,
    line,
    seconds,
    title(text) {
      line();
      line(paint.bold(safe(text)));
    },
    step(who, text) {
      const time = paint.dim(`${seconds().toFixed(1)} s`.padStart(8));
      line(`${time}  ${paint.cyan(who.padEnd(7))}  ${safe(text, 600)}`);
    },
    more: (text) => line(`${' '.repeat(MARGIN)}${text}`),
  };
}
