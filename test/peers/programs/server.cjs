// A program that serves HTTP, HTTP/2 with TLS, and echoes datagrams.
const { createServer } = require('http')
const { createSecureServer } = require('http2')
const dgram = require('dgram')
const { readFileSync } = require('fs')

const [key, cert] = process.argv.slice(2).map(path => readFileSync(path))

createServer((request, response) => {
  let length = 0
  request.on('data', chunk => { length += chunk.length })
  request.on('end', () => { response.end(`${request.method} ${length} from ${request.socket.remoteAddress}\n`) })
}).listen(80, '198.18.0.2', () => {
  createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => { response.end(`HTTP/${request.httpVersion}\n`) }).listen(443, () => {
    const echo = dgram.createSocket('udp4', (bytes, { port, address }) => { echo.send(bytes, port, address) })
    echo.bind(7, () => { console.log('serving') })
  })
})
process.on('SIGTERM', () => { process.exit(7) })
