/** The clarification gate: pure, deterministic, no model. See `totalScore` for how a score comes about. */
export { assess, DEFAULT_POLICY, totalScore } from './assess.ts';
export { type CompiledIndex, compileIndex } from './compile-index.ts';
export type * from './types.ts';
export { SIGNALS } from './types.ts';
