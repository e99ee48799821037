/** How feeds say that a text goes on elsewhere, in the languages that WordPress themes speak. */
export const invitation =
  /(?:continue reading|read more|read the rest|keep reading|seguir leyendo|leer más|lire la suite|weiterlesen|leia mais)(?!\p{L})/iu;

// What stands alone behind a text and only invites to read on. Longer lines say something more, and so does a longer sentence.
const maxInvitationLength = 80;
const maxInvitingSentence = 40;
const alone =
  /^(?:(?:please )?(?:click|tap)(?: here| through| the link)?(?: below)?(?: to|, to| for)? (?:continue|read|see|view|keep)|did you (?:click|read)|(?:to )?(?:continue|keep|go on) reading|(?:to )?read (?:more|on|the (?:rest|full|whole|entire|complete)|full|whole|it all|this)|read (?:the )?(?:article|post|story)|(?:view|see) (?:the )?(?:full|whole|original|entire) |more (?:»|→|…|\.\.\.|>)|view (?:post|article|original)|(?:para )?seguir leyendo|(?:para )?leer (?:más|el|la|todo)|sigue leyendo|continuar leyendo|lire (?:la suite|plus|l’article|l'article)|en savoir plus|(?:hier )?weiterlesen|mehr lesen|weiter lesen|den ganzen|leia mais|ler mais|continue lendo|leggi (?:tutto|di più|l’articolo|l'articolo)|continua a leggere|lees (?:meer|verder)|verder lezen)(?!\p{L})|^(?:more|mehr|más|suite|weiter)\s?(?:…|\.{3}|»|→|>){1,3}$/iu;

/** Whether a line does nothing but invite to read on: "Read more", "Continue reading →", "Click here to read". */
export function isInvitation(line: string): boolean {
  return (
    line.length <= (/\p{L}\.$/u.test(line) ? maxInvitingSentence : maxInvitationLength) && alone.test(line.replace(/^[^\p{L}]{1,10}/u, ''))
  );
}

// What an invitation may hold beside its verb and still say nothing, in the languages above. With any other word it says something: "Read this book".
const emptyWords = new Set(
  (
    'please click tap here through via the link below to for continue keep go on reading read more rest of in a an full whole entire complete original it all this article post ' +
    'story entry blog page website web site online view see at about and did you i want ' +
    'para por favor seguir sigue continuar continúa continua continue leyendo lendo leer ler leia más mais el la lo o a todo toda completo completa artículo artigo entrada noticia ' +
    'notícia publicación aquí aqui en em nuestra página sobre ' +
    'lire suite plus l’article l’intégralité cet article complet ici savoir sur de ' +
    'hier weiterlesen weiter mehr lesen den ganzen vollständigen artikel beitrag text zum über ' +
    'leggi leggere tutto tutta di più l’articolo articolo su qui ' +
    'lees lezen meer verder het hele volledige bericht artikel over'
  ).split(' '),
);

/**
 * Whether a line invites to read on and says nothing beside it, but for the title of what is read: words that are left out where a link of our own says so.
 * What `isInvitation` passes over stands elsewhere; what goes by this is gone.
 */
export function isBareInvitation(line: string, title: string): boolean {
  if (!isInvitation(line)) return false;
  const said = line
    .toLowerCase()
    .replaceAll("'", '’')
    .replace(title.toLowerCase().replaceAll("'", '’').trim() || '\n', () => ' ');
  const words = said.match(/[\p{L}\p{N}]+(?:’\p{L}+)?/gu) ?? [];
  return words.every((word) => emptyWords.has(word));
}
