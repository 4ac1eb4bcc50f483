import { type ItemKind, PLACEHOLDER } from './tokens.ts';

/** Something in the text that is not prose: a mention of a thing, or a literal. */
export interface Item {
  kind: ItemKind;
  text: string;
  /** Position in the masked text, where one placeholder stands for it. */
  at: number;
  /** True when written in backticks or a code block. */
  code: boolean;
  /** True for `name(`: the name is called. */
  call: boolean;
}

/** The masked text as it is written, with the way back from each of its characters to the original. */
export class Mask {
  private readonly masked: string[] = [];
  private readonly map: number[] = [];
  readonly items: Item[] = [];
  get length(): number {
    return this.map.length;
  }
  put(text: string, from: number): void {
    for (let i = 0; i < text.length; i++) {
      this.masked.push(text[i] as string);
      this.map.push(from + i);
    }
  }
  item(kind: ItemKind, text: string, from: number, code: boolean, call: boolean): void {
    this.items.push({ kind, text, at: this.map.length, code, call });
    this.put(PLACEHOLDER[kind], from);
  }
  /** A name inside a longer literal: known, but with no place of its own in the masked text. */
  inner(kind: ItemKind, text: string, call: boolean): void {
    this.items.push({ kind, text, at: this.map.length, code: true, call });
  }
  done(): { masked: string; map: number[] } {
    return { masked: this.masked.join(''), map: this.map };
  }
}
