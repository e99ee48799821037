import { describe, expect, test } from '@jest/globals';
import { findList } from '../../src/reading/json/find-list.ts';

const list = '[{"id":3,"title":{"rendered":"A [strange] title"}},{"id":2}]';
const found = [{ id: 3, title: { rendered: 'A [strange] title' } }, { id: 2 }];

describe('A list of the REST API', () => {
  test.each([
    ['alone', list],
    ['behind a warning of PHP', `<br />\n<b>Warning</b>: Undefined array key [0] in <b>/srv/x.php</b> on line <b>12</b><br />\n${list}`],
    ['behind a line of a plug-in', `<?php require_once($_SERVER['DOCUMENT_ROOT'].'/a.php');?>${list}`],
    ['before the comment of a cache', `${list}<!-- cached page -->`],
    ['between both, with an empty list in the junk', `debug: [] ok\n${list}\n<!-- 12 queries -->`],
    ['behind a list of a script with numbers as ids', `<script>x = [{"id":1,"n":"a"}];</script>${list}`],
    ['behind another list that holds no posts', `<script>x = [{"@type":"Person"}]</script>${list}`],
  ])('is read %s', (_, text) => {
    expect(findList(text)).toEqual(found);
  });

  test('may be empty, with markup around it', () => {
    expect(findList('<b>Notice</b>: x<br />\n[]<!-- end -->')).toEqual([]);
    expect(findList('array is [] and nothing follows but words')).toBeUndefined();
  });

  test.each([
    '<!doctype html><title>Just a moment</title>',
    '',
    'debug: [{"a":1}]',
    '<script>x = [{"id":7}]</script>Just a moment',
    `Warning\n${list.slice(0, 20)}`,
  ])('is not in %j', (text) => {
    expect(findList(text)).toBeUndefined();
  });

  test('may be the error of the API instead', () => {
    expect(findList('{"code":"rest_disabled","message":"No."}')).toEqual({ code: 'rest_disabled', message: 'No.' });
  });
});
