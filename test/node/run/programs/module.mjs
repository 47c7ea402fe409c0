// ES modules see our functions however they import them.
import dgram from 'node:dgram'
import { lookup } from 'dns/promises'
import { createServer, connect } from 'net'
import { networkInterfaces } from 'node:os'

const server = createServer(socket => { socket.end('hello') }).listen(0, '127.0.0.1')
await new Promise(resolve => { server.once('listening', resolve) })
let text = ''
for await (const chunk of connect(server.address().port, '127.0.0.1')) text += chunk
server.close()
dgram.createSocket('udp4').close()
console.log(JSON.stringify({
  text, operands: process.argv.slice(2), interfaces: Object.keys(networkInterfaces()), address: (await lookup('localhost')).address, url: import.meta.url === `file://${process.argv[1]}`,
}))
