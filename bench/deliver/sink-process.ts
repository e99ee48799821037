/*
 * A mail server that takes everything and keeps nothing, for machines without Postfix's: `sink-process <port>`. It answers what clients that behave say.
 */
import { createServer } from 'node:net';

const server = createServer((socket) => {
  let isInData = false;
  let rest = '';
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    let text = rest + chunk.toString('latin1');
    let answers = '';
    for (;;) {
      const end = isInData ? '\r\n.\r\n' : '\r\n';
      const at = text.indexOf(end);
      if (at === -1) break;
      const said = text.slice(0, at);
      text = text.slice(at + end.length);
      if (isInData) {
        isInData = false;
        answers += '250 2.0.0 Ok\r\n';
      } else if (said.startsWith('DATA')) {
        isInData = true;
        answers += '354 Go on\r\n';
      } else if (said.startsWith('EHLO')) answers += '250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n';
      else if (said.startsWith('QUIT')) {
        socket.end(`${answers}221 2.0.0 Bye\r\n`);
        return;
      } else answers += '250 2.0.0 Ok\r\n';
    }
    // Of the data nothing has to be kept but what may be a part of its end.
    rest = isInData ? text.slice(-4) : text;
    if (answers !== '') socket.write(answers);
  });
  socket.write('220 sink ESMTP\r\n');
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('ready\n'));
