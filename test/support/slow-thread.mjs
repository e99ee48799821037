/* A thread's program that takes three tenths of a second of processor time to start, as one does that loads a large library. */
import { answerTasks } from '../../dist/src/kernel/threads/thread-program.js';
import { startThreadTimer, ownThreadAccount } from '../../dist/src/kernel/threads/thread-time.js';

const timer = startThreadTimer(ownThreadAccount());
while (!timer.isPast(300));
answerTasks(() => 'done');
