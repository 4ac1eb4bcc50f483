/** The read side of a store, as far as surfaces need it. */
export interface Reader {
  state(stream: string): Promise<{ state: unknown } | undefined>;
  views(kind: string): Promise<{ key: string; row: unknown }[]>;
  view(kind: string, key: string): Promise<unknown | undefined>;
  read(options: { fromSeq?: number; stream?: string; limit?: number }): Promise<
    {
      seq: number;
      stream: string;
      type: string;
      time: string;
      actor: string;
      causation: string;
      data: unknown;
    }[]
  >;
  lastSeq(): Promise<number>;
}
