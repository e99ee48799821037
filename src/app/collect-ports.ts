import type { CollectPorts } from '../sources/collecting/collect-source.ts';
import type { SourceReader } from '../reading/source-reader.ts';
import { rememberSetting } from '../db/setting-store.ts';
import { publicUrlOf, type Config } from './config.ts';
import type { Store } from './open-store.ts';

const settingName = 'tag_authority';

/** What collecting needs, with the authority of our tag: ids. */
export async function collectPorts(store: Store, reader: SourceReader): Promise<CollectPorts> {
  const { database, clock, log } = store;
  return { database, reader, clock, log, tagAuthority: await findTagAuthority(store) };
}

/** The configured authority; else the one that the first start made from PUBLIC_URL and its day, and that stays when either changes. */
async function findTagAuthority({ config, database, clock }: Store): Promise<string> {
  if (config.TAG_AUTHORITY) return config.TAG_AUTHORITY;
  return rememberSetting(database, settingName, ownAuthority(config, clock()));
}

function ownAuthority(config: Config, now: Date): string {
  const host = new URL(publicUrlOf(config)).hostname.toLowerCase();
  // RFC 4151: an authority is a domain name; a network address is none, and "localhost" is nobody's.
  return `${/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host) && !/^[\d.]+$/.test(host) ? host : 'gazette.localhost'},${now.toISOString().slice(0, 10)}`;
}
