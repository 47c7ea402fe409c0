// A worker thread has a network of its own.
const { Worker, isMainThread, parentPort } = require('worker_threads')
const net = require('net')
if (isMainThread) {
  const server = net.createServer().listen(4321, '127.0.0.1', () => {
    new Worker(__filename, process.argv[2] === 'plain' ? { execArgv: [] } : undefined).on('message', text => {
      console.log(text)
      server.close()
    })
  })
} else {
  const isOurs = net.Server.prototype._listen2.name === '_listen2'
  net.connect(4321, '127.0.0.1').on('error', error => { parentPort.postMessage(`${error.code} ${isOurs}`) })
}
