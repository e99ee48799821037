import { describe, expect, test } from '@jest/globals';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { canEnter, parseAccount } from '../../src/db/server/server-user.ts';
import { makeTempFolder } from '../support/temp-folder.ts';

describe('the user that the embedded server runs as', () => {
  const accounts = 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533:nobody:/:/usr/sbin/nologin\nnobody2:x:1:1::/:/bin/sh\n';

  test('is read from the list of accounts', () => {
    expect(parseAccount(accounts, 'nobody')).toEqual({ uid: 65534, gid: 65533 });
    expect(parseAccount(accounts, 'postgres')).toBeUndefined();
    expect(parseAccount('', 'nobody')).toBeUndefined();
  });

  test('can enter a folder only when every folder above it lets others through', async () => {
    const temp = await makeTempFolder();
    const inner = join(temp.folder, 'inner');
    await mkdir(inner, { mode: 0o755 });
    const stranger = { uid: 54_321, gid: 54_321 };
    expect(canEnter(inner, stranger)).toBe(true);
    await chmod(temp.folder, 0o700);
    expect(canEnter(inner, stranger)).toBe(false);
    expect(canEnter(inner, { uid: process.getuid?.() ?? 0, gid: 54_321 })).toBe(true);
    await temp.remove();
  });
});
