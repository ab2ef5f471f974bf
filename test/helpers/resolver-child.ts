// Started in a network namespace of its own, with a resolv.conf that names 127.0.0.1: answers for the name service
// itself, and prints what an exam met. Usage: resolver-child.ts <response code of DNS> <url>
import { createSocket } from 'node:dgram';
import { examine } from '../../src/engine/http-exam/exam.ts';
import { targetConfig } from './http-stub.ts';

const [rcode = '3', url = ''] = process.argv.slice(2);
const server = createSocket('udp4');
server.on('message', (question, from) => {
  const answer = Buffer.from(question);
  answer[2] = 0x81;
  answer[3] = 0x80 | Number(rcode);
  server.send(answer, from.port, from.address);
});
server.bind(53, '127.0.0.1', async () => {
  const config = targetConfig(url, { connectTimeoutMs: 8000 });
  const signal = new AbortController().signal;
  const { exam } = await examine({ config, hooks: { runId: 'child' }, signal, wakingMs: 0 });
  process.stdout.write(JSON.stringify(exam));
  server.close();
});
