/** What is switched off in the codex CLI, whether it writes code or judges it. */

/**
 * Switched off, for each does more than the task or reaches out by itself: without the first, a
 * refused connection is tried for ever; plug-ins are fetched from the network at the start.
 * Names of 0.169.0; another version that does not know one refuses to start, and says so.
 */
export const CODEX_FEATURES_OFF: readonly string[] = [
  'unbounded_connection_retries',
  'plugins',
  'apps',
  'hooks',
  'goals',
  'multi_agent',
  'memories',
  'daemon_auto_start',
  'in_app_updates',
  'image_generation',
  'browser_use',
  'computer_use',
  'shell_snapshot',
];

/** Settings, as TOML: nothing of the folder or the home is told to the model, nothing is sent or kept. */
export const CODEX_QUIET: readonly string[] = [
  'project_doc_max_bytes=0',
  'skills.include_instructions=false',
  'skills.bundled.enabled=false',
  'web_search="disabled"',
  'analytics.enabled=false',
  'feedback.enabled=false',
  'check_for_update_on_startup=false',
  'history.persistence="none"',
];
