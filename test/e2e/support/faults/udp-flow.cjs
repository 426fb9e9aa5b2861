// One end of a counted flow of UDP packets: `udp-flow.cjs echo PORT` sends back what comes, `udp-flow.cjs send ADDRESS PORT RATE` sends
// numbered packets and prints a line, `NUMBER UNIX_MS`, with the time it was sent, for each that came back.
'use strict';
const { createSocket } = require('node:dgram');
const { setInterval } = require('node:timers');

const [role, ...args] = process.argv.slice(2);
const socket = createSocket({ type: 'udp4', recvBufferSize: 4194304 });

function echo(port) {
  socket.on('message', (packet, { port: from, address }) => socket.send(packet, from, address));
  socket.bind(port, () => process.stdout.write('listening\n'));
}

function send(address, port, rate) {
  let number = 0;
  socket.on('message', (packet) => process.stdout.write(`${packet}\n`));
  setInterval(() => {
    number += 1;
    // A packet that the kernel refuses is lost like any other.
    socket.send(`${number} ${Date.now()}`, port, address, () => undefined);
  }, 1000 / rate);
}

if (role === 'echo') echo(Number(args[0]));
else send(args[0], Number(args[1]), Number(args[2]));
