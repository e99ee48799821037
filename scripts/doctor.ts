import { examine } from '../src/app/examine.ts';
import { isSecretVariable, masked, publicUrlOf, variableNamesAmong, type Config } from '../src/app/config.ts';
import type { Finding } from '../src/app/finding.ts';
import { accountSettings } from '../src/app/variables/mail-accounts.ts';
import { findStaleServers } from '../src/app/installation/serving.ts';
import { pairs, type CommandContext, type Run } from './command.ts';
import { wordFinding } from './findings.ts';
import { createCommandLog, readConfig } from './open.ts';

/** What `gazette doctor` does. */
export const doctor: Run = async (args, context) => {
  const config = readConfig(context);
  const settings = listSettings(context, config);
  const { folder, origin, envFile, ignoredFile } = context.installation;
  const found: readonly Finding[] = [
    { state: ignoredFile === undefined ? 'ok' : 'warn', check: 'installation', folder, origin, envFile, ignoredFile },
    ...(await examine(config, context.saying, createCommandLog(context, config))),
    ...findStaleServers(context.installation, config.DATA_FOLDER).map((server): Finding => ({
      state: 'warn',
      check: 'stale_server',
      ...server,
    })),
  ];
  const findings = found.map((finding) => ({ ...finding, what: wordFinding(finding) }));
  if (args.has('json')) context.print(JSON.stringify({ settings: Object.fromEntries(settings), findings }, null, 2));
  else {
    context.print('Settings in force:');
    pairs(settings).forEach(context.print);
    context.print('\nChecks:');
    for (const { state, what } of findings) context.print(`  ${{ ok: 'ok  ', warn: 'warn', fail: 'FAIL' }[state]}  ${what}`);
  }
  return findings.some((finding) => finding.state === 'fail') ? 1 : 0;
};

function listSettings({ env }: CommandContext, config: Config): [name: string, value: string][] {
  const accounts = Object.assign({}, ...config.mailAccounts.map(accountSettings)) as Readonly<Record<string, string>>;
  return variableNamesAmong(Object.keys(env))
    .filter((name) => !name.endsWith('_FILE'))
    .map((name) => {
      const values = { ...config, ...accounts } as Readonly<Record<string, unknown>>;
      const value = values[name] as string | number | boolean | readonly string[] | undefined;
      const from = env[name] ? '' : env[`${name}_FILE`] ? ' (from a file)' : value === undefined ? '' : ' (default)';
      if (value === undefined && (env[name] || env[`${name}_FILE`])) return [name, '(set, without effect)'];
      if (value === undefined) return [name, name === 'PUBLIC_URL' ? `${publicUrlOf(config)} (default)` : '(not set)'];
      const text = typeof value === 'object' ? value.join(',') : String(value);
      return [name, `${isSecretVariable(name) ? masked(name, text) : text}${from}`];
    });
}
