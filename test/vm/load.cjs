// Traffic over loopback TCP with known sizes, until it is ended: 63 bytes every 5 ms, 10,000 bytes every 25 ms, received and thrown away.
// Prints `CLIENT_PORT SERVER_PORT` once the connection stands.
const net = require('node:net');

const server = net.createServer((socket) => socket.resume());
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1', () => {
    client.setNoDelay(true);
    const small = Buffer.alloc(63);
    const large = Buffer.alloc(10_000);
    setInterval(() => client.write(small), 5);
    setInterval(() => client.write(large), 25);
    process.stdout.write(`${client.localPort} ${server.address().port}\n`);
  });
});
