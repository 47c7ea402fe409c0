// Tries to give its sockets to a child.
'use strict'
const { fork } = require('node:child_process')
const dgram = require('node:dgram')
const net = require('node:net')

if (process.argv[2] === 'child') {
  process.on('message', () => { process.disconnect() })
} else {
  const child = fork(__filename, ['child'], { execArgv: [] })
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const datagrams = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
      for (const each of [server, datagrams]) {
        try {
          child.send('yours', each)
        } catch (error) {
          console.log(error.name, error.code)
        }
      }
      child.send('plain')
      server.close()
      datagrams.close()
    })
  })
  child.on('exit', code => { console.log('child', code) })
}
