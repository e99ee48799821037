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
