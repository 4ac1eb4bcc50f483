/** Makes the program in `out` of the compiled modules in `compiled`, other files of src among them. */
export function bundle(compiled: string, out: string): Promise<void>;
/** `code` with each character beyond Latin-1 as an escape. Throws where that changed its meaning. */
export function narrow(code: string, file: string): string;
