/** Returns one string per breach of the import rules under `srcDir`, as `src/file:line message`. */
export function checkImports(srcDir: string): string[];
