/**
 * What WordPress adds below a text in its feed (the footers of Yoast SEO and what sites made of them), in the languages that it speaks: before the
 * post's title, before the site's name, and after it where anything but a full stop follows.
 */
export const feedFooters: readonly (readonly [opening: string, closing: string, ending?: string])[] = [
  ['The post ', 'appeared first on '],
  ['The post ', 'first appeared on '],
  ['The article ', 'appeared first on '],
  ['This post ', 'appeared first on '],
  ['This article ', 'appeared first on '],
  ['La entrada ', 'se publicó primero en '],
  ['La entrada ', 'aparece primero en '],
  ['La entrada ', 'apareció primero en '],
  ['El cargo ', 'apareció primero en '],
  ['L’article ', 'est apparu en premier sur '],
  ["L'article ", 'est apparu en premier sur '],
  ['Cet article ', 'est apparu en premier sur '],
  ['Le post ', 'est apparu en premier sur '],
  ['Der Beitrag ', 'erschien zuerst auf '],
  ['Der Artikel ', 'erschien zuerst auf '],
  ['Het bericht ', 'verscheen eerst op '],
  ['Het bericht ', 'verscheen als eerste op '],
  ['Het artikel ', 'verscheen eerst op '],
  ['L’articolo ', 'proviene da '],
  ["L'articolo ", 'proviene da '],
  ['L’articolo ', 'sembra essere il primo su '],
  ["L'articolo ", 'sembra essere il primo su '],
  ['O post ', 'apareceu primeiro em '],
  ['O post ', 'aparece primeiro em '],
  ['O artigo ', 'aparece primeiro em '],
  ['O conteúdo ', 'aparece primeiro em '],
  ['O conteúdo ', 'apareceu primeiro em '],
  ['L’entrada ', 'ha aparegut primer a '],
  ["L'entrada ", 'ha aparegut primer a '],
  ['A entrada ', 'publicouse primeiro en '],
  ['Inlägget ', 'dök först upp på '],
  ['Indlægget ', 'blev først udgivet på '],
  ['Indlægget ', 'dukkede først op på '],
  ['Innlegget ', 'dukket først opp på '],
  ['Innlegget ', 'ble først publisert på '],
  ['Artikkeli ', 'julkaistiin ensimmäisen kerran '],
  ['Artykuł ', 'pochodzi z serwisu '],
  ['Post ', 'pojawił się poprzednio na '],
  ['Příspěvek ', 'pochází z '],
  ['Příspěvek ', 'se nejdříve objevil na '],
  ['Článok ', 'je zobrazený ako prvý na '],
  ['Articolul ', 'apare prima dată în '],
  ['Postarea ', 'apare prima dată în '],
  ['Objava ', 'pojavila se prvi puta na '],
  ['Objava ', 'se je pojavila na '],
  ['Запись ', 'впервые появилась '],
  ['Сообщение ', 'появились сначала на '],
  ['Запис ', 'спершу з’явився на '],
  ['Публикацията ', 'се появи за пръв път на '],
  ['Το άρθρο ', 'εμφανίστηκε πρώτα στο '],
  ['Η δημοσίευση ', 'εμφανίστηκε πρώτα στο '],
  ['ظهرت المقالة ', 'أولاً على '],
  ['הפוסט ', 'הופיע לראשונה ב'],
  ['Bài viết ', 'đã xuất hiện đầu tiên vào ngày '],
  ['Bài viết ', 'xuất hiện đầu tiên tại '],
  ['Artikel ', 'pertama kali tampil pada '],
  ['投稿 ', 'は ', 'に最初に表示されました。'],
  ['', '最先出现在', '。'],
  ['', '這篇文章最早發佈於', '。'],
  ['', '게시물이 ', '에 처음 등장했습니다.'],
  ['', 'yazısı ilk önce ', 'üzerinde ortaya çıktı.'],
  ['A(z) ', 'bejegyzés először ', 'jelent meg.'],
  ['نوشته ', 'اولین بار در ', 'پدیدار شد.'],
];

/** The longest name of a site in a footer. */
export const maxFooterSiteLength = 200;

const maxFooterTitleLength = 300;

/** Whether a line is the footer of a post and nothing else. */
export function isFeedFooterLine(line: string): boolean {
  return feedFooters.some(([opening, closing, ending = '']) => {
    if (!line.startsWith(opening) || !line.endsWith(ending)) return false;
    const at = line.indexOf(closing, opening.length + 1);
    const site = line.slice(at + closing.length, line.length - ending.length);
    const isTitled = at - opening.length <= maxFooterTitleLength;
    // A sentence that goes on is no footer.
    return at !== -1 && isTitled && site.trim() !== '' && site.length <= maxFooterSiteLength && !/[.!?。] \S/.test(site);
  });
}

/** Whether a line is the footer of a post without a title. */
export function isUntitledFooter(line: string): boolean {
  return feedFooters.some(([opening, closing, ending]) => {
    if (ending !== undefined) return false;
    const before = opening + closing;
    return line.startsWith(before) && line.length > before.length && line.length <= before.length + maxFooterSiteLength;
  });
}
