// Traffic over loopback TCP with known sizes, until it is ended: 63 bytes every 5 ms, 10,000 bytes every 25 ms, received and thrown away.
// Prints `PID CLIENT_PORT SERVER_PORT` once the connection stands; the file that is named holds how many of each were sent.
const { openSync, writeSync } = require('node:fs');
const net = require('node:net');

process.title = 'tcpload';
const file = openSync(process.argv[2], 'w');
const sent = { 63: 0, 10000: 0 };

const server = net.createServer((socket) => socket.resume());
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1', () => {
    client.setNoDelay(true);
    send(client, 63, 5);
    send(client, 10000, 25);
    process.stdout.write(`${process.pid} ${client.localPort} ${server.address().port}\n`);
  });
});

function send(client, size, everyMs) {
  const bytes = Buffer.alloc(size);
  setInterval(() => {
    client.write(bytes);
    sent[size]++;
    writeSync(file, `${String(sent[63]).padStart(10)} ${String(sent[10000]).padStart(10)}\n`, 0);
  }, everyMs);
}
