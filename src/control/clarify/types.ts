/**
 * The words of the clarification gate. Everything here is data: the gate is a pure function from a
 * request, the indexes of its repos and the answers given so far to an assessment.
 */

/** What is known of one repo at one commit, without its content. Built by `planning/repo-index`. */
export interface RepoIndex {
  repo: string;
  /** Tracked paths, relative to the root, `/` between parts. */
  paths: string[];
  symbols: { name: string; kind: string; file: string }[];
  /** Distinct compound identifiers seen in code (camelCase, snake_case, CONST_CASE). */
  idents: string[];
  /** Names of declared dependencies. */
  packages: string[];
}

export type SignalName = 'target' | 'acceptance' | 'vagueness' | 'hazard';
export const SIGNALS: readonly SignalName[] = ['target', 'acceptance', 'vagueness', 'hazard'];

/** Some words of the request (or `(nothing)` when words are lacking) and why they count. */
export interface Because {
  words: string;
  why: string;
}

/** 0–100; high means trouble. `because` names every cause, the heaviest first. */
export interface Signal {
  score: number;
  because: Because[];
}

export interface Question {
  id: string;
  signal: SignalName;
  text: string;
  options: string[];
}

export interface Answer {
  question: string;
  signal: SignalName;
  text: string;
}

export type Language = 'en' | 'zh' | 'mixed';

export interface Assessment {
  /** Version of the rules that made this assessment. */
  rules: string;
  language: Language;
  /** 0–100, whole. */
  score: number;
  ask: boolean;
  signals: Record<SignalName, Signal>;
  /** At most `policy.max_questions`, the most valuable first; none when nothing is to be asked. */
  questions: Question[];
  assumptions: string[];
  acceptance: string[];
  outOfScope: string[];
}

export interface ClarifyPolicy {
  /** Ask when the score is above this (0–100). */
  trigger_threshold: number;
  /** Any non-negative numbers; only their ratios count. */
  weights: Record<SignalName, number>;
  max_questions: number;
}

/**
 * One cause of trouble. Findings are what signals are made of, what questions ask about and what
 * answers settle; `code` and `words` make the question's id, so ids are stable between scorings.
 */
export interface Finding {
  signal: SignalName;
  code: FindingCode;
  /** 0–100: how much trouble this cause alone is. */
  points: number;
  words: string;
  why: string;
}

export type FindingCode =
  | 'no-target'
  | 'broad-target'
  | 'missing-path'
  | 'missing-symbol'
  | 'missing-package'
  | 'no-demand'
  | 'no-result'
  | 'missing-value'
  | 'dangling'
  | 'open-ended'
  | 'vague'
  | 'contradiction'
  | 'irreversible'
  | 'many-repos'
  | 'steering'
  | 'hidden-text'
  | 'unread';
