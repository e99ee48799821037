/*
 * The one rule for "this text only announces a document": nothing is lost without it once the document's card stands there.
 */
import { elementsOf } from '../html/html-tree.ts';
import type { HtmlElement } from '../html/html-tree.ts';
import { visibleText } from '../html/visible-text.ts';

// What announces a document, in the languages of our readers.
const announcingWords = new Set(
  (
    'click tap here download downloads downloadable save file files doc docs pdf pdfs docx epub pptx xlsx link links attachment attachments attached enclosed printable ' +
    'aquí aqui descargar descarga descargas descargue archivo archivos enlace pulse clic ' +
    'ici télécharger telecharger téléchargement téléchargez fichier fichiers lien cliquez cliquer ' +
    'hier herunterladen datei dateien klicken anlage anlagen anhang anhänge pièce pièces jointe jointes datos adjunto adjuntos allegato allegati anexo anexos bijlage bijlagen ' +
    'descárguelo descargarlo 下载 下載 点击下载 點擊下載 点此下载 点击这里 點擊這裡 附件 ダウンロード こちら 다운로드 تحميل تنزيل للتحميل الملف ملف скачать файл pobierz plik ' +
    'baixar baixe arquivo ficheiro clique qui scarica scaricare clicca descarrega descarregar arxiu fitxer'
  ).split(' '),
);
// What stands between such words and names nothing by itself either.
const fillingWords = new Set(
  (
    'a an the this that these you it we via now please press to read view see open get complete entire full whole text version copy document documents word ppt excel powerpoint odt ods odp rtf mobi xls ' +
    'more continue print fullscreen screen window tab browser viewer new is in as of and or by for from on can be available format formats button below above find paper report article publication publications resource resources our ' +
    'su el la los las un una este esta documento documentos leer lea ver abrir completo completa texto informe en formato haga más para de del y ' +
    'le les une ce cette lire lisez voir ouvrir complet texte rapport au pour plus et du des ' +
    'der die das den laden dokument dokumente lesen ansehen öffnen bericht mehr sie zum als und os um uma leia mais em il lo gli leggi apri per llegir'
  ).split(' '),
);

/** Words of a text, lower case, without sizes such as "1.2 MB" and without marks. */
function wordsOf(value: string): string[] {
  const withoutSizes = value.replaceAll(
    /(?<!\d)\d+(?:[.,]\d+)?\s*(?:[kmg]i?[bo]|bytes|pages?|pp?\.?|páginas?|seiten)(?![\p{L}\d])/giu,
    ' ',
  );
  return withoutSizes.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}’']*/gu) ?? [];
}

function isGenericWord(word: string): boolean {
  return announcingWords.has(word) || fillingWords.has(word) || /^\d$/.test(word);
}

/** Whether a text names nothing ("PDF", "Download the report here", "Read more"): no title. Empty texts name nothing. */
export function isGenericText(value: string): boolean {
  return wordsOf(value).every((word) => isGenericWord(word));
}

/** Whether a text only announces a document, so that nothing is lost without it once a button stands there. */
export function isAnnouncingText(value: string): boolean {
  const words = wordsOf(value);
  return words.every((word) => isGenericWord(word)) && words.some((word) => announcingWords.has(word));
}

/** Whether a block only announces documents ("PDF", "Downloads:") and says nothing by itself. */
export function isAnnouncement(block: HtmlElement): boolean {
  if (block.tag !== 'p' && !/^h[2-6]$/.test(block.tag)) return false;
  if (elementsOf(block.children).some((each) => each.tag === 'img' || each.tag === 'a')) return false;
  const words = visibleText(block.children);
  return words.length <= 60 && isAnnouncingText(words);
}
