// Reads server-sent events with as little work as possible, so that thousands of readers fit in one process beside what they watch.
import { request } from 'node:http';

/** Opens the stream and calls back with each `data` of the event `name`; resolves once it is open. */
export function follow({ url, headers }, path, name, onData) {
  return new Promise((resolve, reject) => {
    const opened = request(`${url}/api/v1${path}`, { headers, agent: false }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${path}: ${response.statusCode}`));
      let rest = '';
      let event = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        for (const line of lines) {
          if (line.startsWith('event: ')) event = line.slice(7);
          else if (event === name && line.startsWith('data: ')) onData(line.slice(6));
        }
      });
      response.on('error', () => undefined);
      resolve({ close: () => opened.destroy() });
    });
    opened.on('error', reject);
    opened.end();
  });
}
