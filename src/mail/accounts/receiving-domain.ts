import { asciiDomainOf } from '../domain-name.ts';

/**
 * Domains that one operator's servers take mail for, so that they are one to whoever counts: the first names the group. Each spelling is listed and none
 * guessed: yahoo.co.jp is another company's.
 */
const aliasGroups: readonly (readonly [string, ...string[]])[] = [
  ['gmail.com', 'googlemail.com'],
  [
    'outlook.com',
    ...under(
      'outlook',
      'at be cl cz de dk es fr hu ie in it jp kr lv my ph pt sa sg sk co.id co.il co.th com.ar com.au com.br com.gr com.tr com.vn',
    ),
    ...under(
      'hotmail',
      'com at be ca ch cl cz de dk es fi fr gr hu it lt lv my nl no ph rs se sg sk co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za',
    ),
    ...under('hotmail', 'com.ar com.au com.br com.hk com.tr com.tw com.vn'),
    ...under(
      'live',
      'com at be ca ch cl cn de dk fi fr hk ie in it jp my nl no ph pt ru se sg co.in co.kr co.uk co.za com.ar com.au com.mx com.my com.ph com.pt com.sg',
    ),
    ...under('msn', 'com'),
    ...under('passport', 'com'),
    ...under('windowslive', 'com'),
  ],
  [
    'yahoo.com',
    ...under('yahoo', 'at be ca cl cz de dk es fi fr gr hu ie in it nl no pl pt ro se co.id co.il co.in co.kr co.nz co.th co.uk co.za'),
    ...under('yahoo', 'com.ar com.au com.br com.co com.hk com.mx com.my com.pe com.ph com.sg com.tr com.tw com.ve com.vn'),
    ...under('aol', 'com at be ch cl de dk es fi fr in it jp nl pl se co.nz co.uk com.ar com.au com.br com.co com.mx com.tr'),
    ...under('aim', 'com'),
    ...under('myyahoo', 'com'),
    ...under('rocketmail', 'com'),
    ...under('verizon', 'net'),
    ...under('y7mail', 'com'),
    ...under('ymail', 'com'),
  ],
  ['icloud.com', 'me.com', 'mac.com'],
  ['gmx.net', ...under('gmx', 'at biz ch com de eu info li org us co.uk'), 'web.de'],
];

function under(name: string, endings: string): string[] {
  return endings.split(' ').map((ending) => `${name}.${ending}`);
}

const groupOf: ReadonlyMap<string, string> = new Map(
  aliasGroups.flatMap(([group, ...others]) => [group, ...others].map((domain) => [domain, group])),
);

/** The receiving domain of an address, by which one operator's mail is counted: the first of its group, else the domain itself, in lower-case A-labels. */
export function receivingDomain(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  const ascii = asciiDomainOf(domain) ?? domain.toLowerCase();
  return groupOf.get(ascii) ?? ascii;
}
