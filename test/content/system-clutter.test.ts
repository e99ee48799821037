import { describe, expect, test } from '@jest/globals';
import { contentFromEntry } from '../../src/content/content-from-entry.ts';
import { htmlWithoutClutter } from '../../src/content/clutter/clutter.ts';
import { parseHtml } from '../../src/content/html/parse-html.ts';
import { visibleText } from '../../src/content/html/visible-text.ts';
import { entryOf } from '../support/entry-of.ts';

const url = 'https://example.org/a-post/';

function contentOf(html: string, entry: Parameters<typeof entryOf>[0] = {}) {
  return contentFromEntry(entryOf({ url, html, ...entry })).content;
}

function shownOf(html: string): string {
  return visibleText(parseHtml(htmlWithoutClutter(contentOf(html).html)));
}

const text = '<p>The bridge is open again.</p>';
const widget =
  '<div class="subscription-widget-wrap" data-component-name="SubscribeWidgetToDOM"><div class="subscription-widget show-subscribe"><div class="preamble"><p class="cta-caption">Thanks for reading The Bridge! Subscribe for free to receive new posts and support my work.</p></div><form><input type="email"></form></div></div>';
const button = (href: string, words: string) =>
  `<p class="button-wrapper" data-attrs="{}"><a class="button primary" href="${href}"><span>${words}</span></a></p>`;
const drupalHead =
  '<span>The bridge</span>\n<span><span lang="" about="/user/3" typeof="schema:Person" property="schema:name" datatype="">webmaster</span></span>\n<span>Fri, 11/20/2026 - 10:00</span>\n';

describe('what a system is known to add', () => {
  test('leaves no paragraph without words behind', () => {
    expect(htmlWithoutClutter(contentOf(`${drupalHead}${text}`).html)).toBe(text);
  });

  test.each([
    ['Substack: a form to subscribe', text + widget],
    ['Substack: a button to subscribe', text + button('https://bridge.substack.com/subscribe?', 'Subscribe now')],
    [
      'Substack: a button to share',
      text + button('https://bridge.substack.com/p/x?utm_content=share&amp;action=share', 'Share The Bridge'),
    ],
    [
      'Substack: its sentence, without its markup',
      `${text}<p>Thanks for reading The Bridge! This post is public so feel free to share it.</p>`,
    ],
    ['Substack: an embedded post', `${text}<div class="digest-post-embed"><p>Another post</p><a href="/other">Read full story</a></div>`],
    [
      'Ghost: a card to sign up',
      `${text}<div class="kg-card kg-signup-card"><h2>Sign up</h2><p>No spam.</p><form><button>Subscribe</button></form></div>`,
    ],
    [
      'Ghost: the marks of a player',
      `${text}<div class="kg-audio-player"><button>Play</button><span>0:00</span><div>/<span>4:13</span></div><button>1×</button></div>`,
    ],
    [
      'Medium: where it was published',
      `${text}<hr><p><a href="${url}">The bridge</a> was originally published in <a href="https://medium.com/bridges">Bridges</a> on Medium, where people are continuing the conversation by highlighting and responding to this story.</p><img src="https://medium.com/_/stat?event=x" width="1" height="1" alt="">`,
    ],
    [
      'Medium: where it goes on',
      `<div class="medium-feed-item"><p class="medium-feed-snippet">The bridge is open again.</p><p class="medium-feed-link"><a href="${url}">Continue reading on Medium »</a></p></div>`,
    ],
    ['Drupal: title, author and date before the text', drupalHead + text],
    [
      'Drupal: the same without types, around the text',
      `<span>A post about reading</span><div class="field field--name-body">${text}</div><span><span>webmaster</span></span>\n<span><time datetime="2026-11-20T10:00:00Z">Fri, 11/20/2026 - 10:00</time></span>`,
    ],
    [
      'Drupal: terms of Drupal 7',
      `${text}<div class="field field-name-field-tags field-type-taxonomy-term-reference"><div class="field-label">Tags:&nbsp;</div><a href="/transport">Transport</a></div>`,
    ],
    [
      'Ghost: a button of its portal',
      `${text}<div class="kg-card kg-button-card"><a href="https://example.org/#/portal/signup">Subscribe</a></div>`,
    ],
    [
      'Drupal: who submitted it',
      `<div class="submitted">Submitted by <span class="username">webmaster</span> on Fri, 11/20/2026</div>${text}`,
    ],
    [
      'Drupal: the fields of Drupal 10',
      `<span class="field field--name-title">The bridge</span><span class="field field--name-created">Fri</span>${text}`,
    ],
    [
      'Drupal: its terms',
      `${text}<div class="field field--name-field-tags field--label-above"><div class="field__label">Tags</div><div class="field__items"><a href="/taxonomy/term/7">Transport</a>, <a href="/taxonomy/term/8">Roads</a></div></div>`,
    ],
    [
      'Drupal: links below a text',
      `${text}<ul class="links inline"><li class="node-readmore"><a href="${url}">Read more<span class="element-invisible"> about The bridge</span></a></li><li><a href="${url}#c">Add new comment</a></li></ul>`,
    ],
    ['Joomla: to read on', `${text}<p class="readmore"><a href="${url}?utm_source=x">Read more: The bridge is open</a></p>`],
    [
      'WordPress: a footer whose links lead elsewhere',
      `${text}<p>Artykuł <a href="https://feeds.example.net/1">Most</a> pochodzi z serwisu <a href="https://feeds.example.net">Mosty</a>.</p>`,
    ],
    [
      'WordPress: shares of Jetpack',
      `${text}<div class="jp-post-flair"><h3>Share this:</h3><ul><li><a href="/?share=x">Facebook</a></li></ul></div>`,
    ],
    ['Mailchimp: the link to the web', `<p><a href="https://mailchi.mp/1/x">View this email in your browser</a></p>${text}`],
    ['Buttondown: the link to the web', `<p><a href="${url}">Read in browser</a></p>${text}`],
  ])('%s', (_, html) => {
    expect(shownOf(html)).toBe('The bridge is open again.');
    expect(contentOf(html).summary).toBe('The bridge is open again.');
  });

  test.each([
    ['a request to share', '<p>Share your food with the bank on Mill Lane.</p>'],
    ['an invitation to subscribe', '<p>Subscribe to the library and borrow four books.</p>'],
    ['a button that leads to what the writer names', button('https://tickets.example.org/12', 'Share a table')],
    ['who a person thanks', '<p>Thanks for reading with the children! The next hour is on Friday.</p>'],
    ['a post that was moved', '<p>The post office appeared first on the old maps of 1880. It is the oldest house.</p>'],
    ['a span before a text', '<span>By the <a href="/user/guide">user guide</a></span> <p>Read it.</p>'],
    [
      'a field that says something',
      '<div class="field field--name-field-place"><div class="field__label">Place</div><div>Mill Lane</div></div>',
    ],
    [
      'a span that stands alone',
      '<div class="field field--name-body"></div><span><span>Mill Lane</span></span>, closed. <span>12:30</span>',
    ],
    ['a button that leads elsewhere', '<div class="kg-card kg-button-card"><a href="https://tickets.example.org">Subscribe</a></div>'],
    ['a list of links in a line', '<ul class="links"><li><a href="/a">Minutes</a></li></ul>'],
    [
      'a list of links of a writer, in the same classes',
      '<ul class="links inline"><li><a href="https://other.example/a">The paper</a></li><li>What we used</li></ul>',
    ],
    ['the name of another page that a text shows', '<div class="field field--name-title">The fair in May</div><p>Come.</p>'],
    ['comments of a person', '<p><a href="https://example.org/comments">Comments</a></p>'],
    ['what was submitted', '<p>Submitted by the mayor on Monday, it was read aloud.</p>'],
    ['a column of a page', '<div><b>Body:</b> a lecture on health</div>'],
  ])('is not %s', (_, html) => {
    const stored = contentOf(`${html}<p>And more.</p><p>End.</p>`).html;
    expect(stored).not.toContain('data-clutter');
    expect(visibleText(parseHtml(stored))).toBe(visibleText(parseHtml(`${html}<p>And more.</p><p>End.</p>`)));
  });

  test.each([
    [`<p>Sign up on <a href="${url}">this page</a> or ask at <a href="https://example.org/">our office</a> by Friday.</p>`],
    [`<p>Of this <a href="${url}">debate</a> we want to hear more</p>`],
    [`<p>First <a href="${url}">read the rules</a>, then tell us what you would like to see more</p>`],
  ])('a last paragraph that links the post and says something is the writer’s: %s', (html) => {
    expect(visibleText(parseHtml(contentOf(text + html).html))).toBe(visibleText(parseHtml(text + html)));
  });

  test.each([
    [`<p>Wpis <a href="${url}">The bridge</a> ukazał się na <a href="https://example.org/">Mosty</a>.</p>`],
    [`<p>The post <a href="${url}">An older name</a> appeared first on <a href="https://example.org/">Bridges</a>.</p>`],
    [`<p>… <a href="${url}">Continue reading</a></p>`],
    [`<p>Continue reading <a href="${url}">The bridge</a> →</p>`],
  ])('and one that only links it goes: %s', (html) => {
    expect(visibleText(parseHtml(contentOf(text + html, { title: 'The bridge' }).html))).toBe('The bridge is open again.');
  });

  test('stays in the stored post, in the words that it had', () => {
    const stored = contentOf(text + widget + button('https://bridge.substack.com/subscribe', 'Subscribe now')).html;
    expect(visibleText(parseHtml(stored))).toBe(
      'The bridge is open again.\nThanks for reading The Bridge! Subscribe for free to receive new posts and support my work.\nSubscribe now',
    );
    expect(stored).toMatch(/<p data-clutter="substack"><a href="[^"]*">Subscribe now<\/a><\/p>$/);
  });

  test('is told by us alone: a mark of a source is none', () => {
    expect(contentOf('<p data-clutter="x">The bridge.</p>').html).toBe('<p>The bridge.</p>');
  });

  test('gives the post no picture', () => {
    const html = `${text}<div class="jp-post-flair"><img src="https://example.org/share-large.jpg" alt="Share" width="600" height="400"></div>`;
    expect(contentOf(html).image).toBeNull();
  });

  test('a SharePoint list keeps its text and documents, and the names of columns that somebody made', () => {
    const page = 'https://district.example/Lists/Ann/DispForm.aspx?ID=12';
    const html = `<div><b>Body:</b> <div class="ExternalClass7F"><p>Registration opens.\u200b</p></div></div>
<div><b>Expires:</b> 1/31/2027</div>\n<div><b>Place:</b> Hall</div>
<div><b>Attachments:</b> <a href="/Lists/Ann/Attachments/12/form.pdf">https://district.example/Lists/Ann/Attachments/12/form.pdf</a><br><a href=""></a></div>`;
    const { html: stored, summary, attachments } = contentOf(html, { url: page });
    expect(visibleText(parseHtml(htmlWithoutClutter(stored)))).toBe('Registration opens.\nPlace: Hall');
    expect(stored).toContain('Expires');
    expect(stored).not.toContain('\u200b');
    expect(summary).toBe('Registration opens.');
    expect(attachments).toMatchObject([{ url: 'https://district.example/Lists/Ann/Attachments/12/form.pdf' }]);
  });

  test('a picture attached to a SharePoint list stays a link', () => {
    const html = '<div><b>Attachments:</b> <a href="https://district.example/Lists/Ann/Attachments/12/plan.png">plan.png</a></div>';
    const stored = contentOf(html, { url: 'https://district.example/Lists/Ann/DispForm.aspx?ID=12' }).html;
    expect(visibleText(parseHtml(htmlWithoutClutter(stored)))).toBe('plan.png');
  });
});
