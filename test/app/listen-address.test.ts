import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/app/config.ts';
import { parseListenAddress } from '../../src/app/variables/listen-address.ts';

test.each([
  ['9464', { host: '127.0.0.1', port: 9464 }],
  ['0', { host: '127.0.0.1', port: 0 }],
  ['10.0.0.5:9464', { host: '10.0.0.5', port: 9464 }],
  ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
  ['[::1]:9464', { host: '::1', port: 9464 }],
  ['metrics.internal:9464', { host: 'metrics.internal', port: 9464 }],
  ['', undefined],
  [':9464', undefined],
  ['10.0.0.5', undefined],
  ['10.0.0.5:', undefined],
  ['65536', undefined],
  ['host:65536', undefined],
  ['::1:9464', undefined],
  ['[10.0.0.5]:9464', undefined],
  ['http://host:9464', undefined],
  ['host:9464/metrics', undefined],
  ['a b:9464', undefined],
  ['user@host:9464', undefined],
])('"%s" is read as an address to listen on', (text, expected) => {
  expect(parseListenAddress(text)).toEqual(expected);
});

test('METRICS_LISTEN is off where it is empty, and any other fault is told with what is expected', () => {
  const none = (): string => '';
  expect(loadConfig({ METRICS_LISTEN: '' }, none).METRICS_LISTEN).toBeUndefined();
  expect(() => loadConfig({ METRICS_LISTEN: 'yes' }, none)).toThrow(
    'METRICS_LISTEN: expected a port, or host:port, such as 9464 or 10.0.0.5:9464, got "yes"',
  );
});
