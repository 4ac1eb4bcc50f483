import { hostile } from './suite.ts';

hostile('process');
