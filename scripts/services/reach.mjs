import { connect } from 'node:net';

/** Connects, says `greeting` and gives the answer's first bytes to `isRight`. False for no answer, a refusal or the wrong answer. */
export function answers(port, greeting, isRight, patience_ms = 2_000) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    const settle = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(patience_ms, () => settle(false));
    socket.on('error', () => settle(false)).on('close', () => settle(false));
    socket.on('connect', () => socket.write(greeting));
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const verdict = isRight(received);
      if (verdict !== undefined) settle(verdict);
    });
  });
}
