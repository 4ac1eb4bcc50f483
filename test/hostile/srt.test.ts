import { hostile } from './suite.ts';

hostile('srt');
