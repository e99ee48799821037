/*
 * Lines that name, credit or date something and say no sentence: "Transcript", "Episode 27", "By Ann Smith", "Photo: A. Smith", "12 May 2026".
 * A summary and a lead do without them. In doubt a line is none: it may be a sentence of one word.
 */

// No label is longer; a longer line is not looked at.
const maxLabelLength = 140;

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.split('|').map((name) => name.trim()));
}

// The parts that follow a text and are not for its beginning, as themes and podcast hosts name them.
const partNames = setOf(
  'transcript|transcripts|transcription|full transcript|episode transcript|read the transcript|show notes|shownotes|episode notes|notes|timestamps|chapters|credits|' +
    'references|bibliography|sources|footnotes|endnotes|links|useful links|resources|further reading|related|related posts|see also|table of contents|contents|tags|' +
    'categories|share this|share|about the author|' +
    'transcripción|notas|notas del episodio|capítulos|créditos|referencias|bibliografía|fuentes|enlaces|recursos|índice|etiquetas|' +
    'notes de l’épisode|chapitres|crédits|références|bibliographie|liens|ressources|pour aller plus loin|sommaire|' +
    'transkript|abschrift|kapitel|kapitelmarken|quellen|fußnoten|anmerkungen|literatur|weiterführende links|inhalt|inhaltsverzeichnis|' +
    'trascrizione|note|capitoli|crediti|riferimenti|fonti|indice|transcrição|capítulos|referências|fontes|ligações|transcriptie|hoofdstukken|bronnen|voetnoten',
);

/** Whether a line is the name of a part that follows a text: a transcript, notes, sources. */
export function isPartName(line: string): boolean {
  return line.length <= 40 && partNames.has(bareWords(line));
}

/** A line, lower case, without the marks around its words. */
function bareWords(line: string): string {
  return line
    .toLowerCase()
    .replaceAll("'", '’')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/[^\p{L}\p{N}]{1,20}$/u, '');
}

const episode =
  /^[^\p{L}\p{N}#]{0,5}(?:(?:episode|ep|folge|episodio|épisode|episódio|aflevering|puntata|part|teil|parte|partie|chapter|kapitel|capítulo|chapitre|season|issue|no|nr|vol)\.?\s?#?\s?|#\s?)\d{1,5}[^\p{L}\p{N}]{0,5}$|^s\d{1,3}[\s:,.-]{0,3}e\d{1,4}[^\p{L}\p{N}]{0,5}$/iu;

const moment = /^[([]?\d{1,2}:\d{2}(?::\d{2})?[)\]]?(?:\s|$)/;

const dateWords = setOf(
  'monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|' +
    'january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|' +
    'lunes|martes|miércoles|jueves|viernes|sábado|domingo|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|' +
    'lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|' +
    'montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|januar|jänner|februar|märz|juni|juli|oktober|dezember|' +
    'lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|' +
    'segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|' +
    'maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|januari|februari|maart|mei|augustus|' +
    'st|nd|rd|th|of|de|del|le|den|um|uhr|at|am|pm|h|à|a|às|om|o|published|posted|updated|date|on',
);

/** Whether a line is a date and nothing else. */
function isDate(line: string): boolean {
  if (line.length > 60 || !/\d/.test(line)) return false;
  const words = line.toLowerCase().match(/[\p{L}-]+/gu) ?? [];
  return words.every((word) => dateWords.has(word)) && (words.length > 0 || /\d{1,4}[./-]\d{1,2}[./-]\d{1,4}/.test(line));
}

const byline = /^(?:by|von|por|par|di|door|text|words|texto|texte|testo)\s?:?\s/iu;

const work =
  /^(?:(?:also |story |executive |post |re)?(?:written|produced|edited|recorded|narrated|hosted|presented|mixed|mastered|mastering|directed|translated|photographed|illustrated|posted|published|submitted|reported|read|composed|production|design|illustrations?|photos?|photography|artwork|music|logo|cover)(?:,? (?:and|&) [a-z]{3,14})?(?: in [\p{L} ]{3,30})? by|(?:geschrieben|produziert|fotos?|musik|text) von|(?:escrito|producido|fotos?|música|texto) (?:por|de)|(?:écrit|produit|photos?|musique|texte) (?:par|de))\s/iu;

const credit =
  /^(?:photos?|photograph|photography|pictures?|images?|illustrations?|artwork|cover|graphics?|music|theme music|video|credits?|source|sources|caption|logo|producers?|editors?|hosts?|guests?|weather|narrator|fotos?|fotografía|imagen|imágenes|ilustración|música|créditos?|fuente|crédits?|musique|photographie|illustration|bild|bilder|quelle|musik|redaktion|immagine|immagini|fonte|foto’s|bron)(?: credits?)?(?: [\p{L}]{1,12})?\s?[:©]/iu;

const joining = setOf(
  'and|&|for|the|of|de|del|la|von|van|der|den|di|da|dos|du|des|le|y|e|et|und|en|from|with|at|in|for|aus|für|para|pour|per',
);

/** Whether words behind "by" are names and nothing else. */
function areNames(words: string): boolean {
  const tokens = words.split(/[\s,;/|·]+/).filter((token) => token !== '');
  return tokens.length > 0 && tokens.length <= 24 && tokens.every((token) => !/^\p{Ll}/u.test(token) || joining.has(token));
}

/** Whether a line says who made something, or when in a recording what comes. */
export function isCredit(line: string): boolean {
  if (line.length > maxLabelLength) return moment.test(line);
  if (moment.test(line) || credit.test(line)) return true;
  const by = work.exec(line) ?? byline.exec(line);
  return by !== null && areNames(line.slice(by[0].length));
}

/** Whether a line is a label: the name of a part, an episode's number, a credit, a date, the words beside a player. */
export function isLabel(line: string): boolean {
  return (
    /^[▶►]/u.test(line) || isCredit(line) || (line.length <= maxLabelLength && (isPartName(line) || episode.test(line) || isDate(line)))
  );
}
