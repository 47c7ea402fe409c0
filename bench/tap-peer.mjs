// The kernel's side of the round-trip benchmarks: a program of Node's own net module, run in a namespace.
//   echo PORT                    serves, prints `ready`
//   rr|crr HOST PORT SECONDS     one byte there and back, on one connection or on a fresh one each time; prints how many a second
import { connect, createServer } from 'node:net'

const [what, ...rest] = process.argv.slice(2)

function echo(port) {
  createServer({ noDelay: true }, socket => {
    socket.on('error', () => {})
    socket.on('data', piece => { socket.write(piece) })
  }).listen(Number(port), () => { console.log('ready') })
}

function rr(host, port, seconds) {
  const socket = connect({ host, port: Number(port), noDelay: true })
  const byte = Buffer.from('x')
  let count = 0
  let began = 0
  socket.on('connect', () => {
    began = performance.now()
    socket.write(byte)
  })
  socket.on('data', () => {
    count++
    const elapsed = performance.now() - began
    if (elapsed < seconds * 1000) {
      socket.write(byte)
    } else {
      console.log(count / elapsed * 1000)
      process.exit(0)
    }
  })
}

function crr(host, port, seconds) {
  const began = performance.now()
  let count = 0
  const next = () => {
    const socket = connect({ host, port: Number(port), noDelay: true })
    socket.on('connect', () => { socket.write('x') })
    socket.on('data', () => { socket.resetAndDestroy() })
    socket.on('error', error => {
      console.error(error.message)
      process.exit(1)
    })
    socket.on('close', () => {
      count++
      const elapsed = performance.now() - began
      if (elapsed < seconds * 1000) {
        next()
      } else {
        console.log(count / elapsed * 1000)
        process.exit(0)
      }
    })
  }
  next()
}

const programs = { echo, rr, crr }
programs[what](rest[0], rest[1], Number(rest[2]))
