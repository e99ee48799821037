import { answerTasks } from '../../kernel/threads/thread-program.ts';
import { doSourceTask } from './source-task.ts';

/* The thread of a source: reads its document and prepares its entries, one task at a time, killed from outside when one takes too long or too much. */
answerTasks(doSourceTask);
