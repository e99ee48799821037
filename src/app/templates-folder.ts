import { join } from 'node:path';
import { packageRoot } from '../kernel/package-root.ts';

/** The folder of mail templates, pages and languages. */
export const templatesFolder: string = join(packageRoot, 'templates');
