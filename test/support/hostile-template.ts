/** A few lines that Liquid makes a mail of 100 KB, in which MJML matches each of a thousand rules with each of a thousand sections: minutes of work. */
export const hostileMjml = `<mjml><mj-head><mj-style inline="inline">{% for i in (1..1000) %}.a{{ i }} .b{{ i }}{ color: red }
{% endfor %}</mj-style></mj-head><mj-body>{% for i in (1..1000) %}
<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>{% endfor %}</mj-body></mjml>
`;
