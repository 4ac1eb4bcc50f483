import { hostile } from './suite.ts';

hostile('docker');
