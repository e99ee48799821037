import { answerTasks } from '../../kernel/threads/thread-program.ts';
import { doParseTask } from './parse-task.ts';

/* The parser thread: one task at a time, killed from outside when a document takes too long or too much. */
answerTasks(doParseTask);
