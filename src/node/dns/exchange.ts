// One question to one name server: by UDP, by TCP when the answer did not fit (RFC 1035 §4.2, RFC 7766 §5), or in memory where the
// host answers itself.

import type * as nodeDgram from 'node:dgram'
import { isIP } from 'node:net'
import type * as nodeNet from 'node:net'

/** What questions travel on. `stub` answers those to `STUB_ADDRESS` in memory: the answer's bytes, or nothing at all. */
export interface Carriers {
  readonly dgram: () => typeof nodeDgram
  readonly net: () => typeof nodeNet
  readonly stub?: ((question: Uint8Array) => Promise<Uint8Array | undefined>) | undefined
}

/** Where a host's own resolver listens, by custom. */
export const STUB_ADDRESS = '127.0.0.53'

export interface Server { readonly address: string, readonly port: number }

export interface Locals { readonly v4: string | undefined, readonly v6: string | undefined }

/** Bytes that came, perhaps of somebody else; or that nobody is there. */
export type OnAnswer = (answer: Buffer | 'ECONNREFUSED') => void

function localOf(server: Server, locals: Locals): string | undefined { return isIP(server.address) === 6 ? locals.v6 : locals.v4 }

/** Answers what ends it. */
export function askByDatagram(carriers: Carriers, server: Server, locals: Locals, question: Buffer, onAnswer: OnAnswer): () => void {
  const { stub } = carriers
  if (stub !== undefined && server.address === STUB_ADDRESS) return askStub(stub, question, onAnswer)
  const socket = carriers.dgram().createSocket(isIP(server.address) === 6 ? 'udp6' : 'udp4')
  const local = localOf(server, locals)
  let isOver = false
  if (local !== undefined) socket.bind(0, local)
  socket.on('error', () => { onAnswer('ECONNREFUSED') })
  socket.on('message', bytes => { onAnswer(bytes) })
  socket.connect(server.port, server.address, () => {
    if (isOver) return
    socket.send(question, error => { if (error !== null && !isOver) onAnswer('ECONNREFUSED') })
  })
  return () => {
    isOver = true
    socket.removeAllListeners()
    socket.close()
  }
}

function askStub(stub: NonNullable<Carriers['stub']>, question: Buffer, onAnswer: OnAnswer): () => void {
  let isOver = false
  void stub(question).then(answer => { if (answer !== undefined && !isOver) onAnswer(Buffer.from(answer)) })
  return () => { isOver = true }
}

/** As by datagram, each message after its length in two octets. */
export function askByStream(carriers: Carriers, server: Server, locals: Locals, question: Buffer, onAnswer: OnAnswer): () => void {
  const localAddress = localOf(server, locals)
  const socket = carriers.net().connect({ port: server.port, host: server.address, ...localAddress === undefined ? {} : { localAddress } })
  const length = Buffer.alloc(2)
  length.writeUInt16BE(question.length)
  let got = Buffer.alloc(0)
  socket.on('error', () => { onAnswer('ECONNREFUSED') })
  socket.on('end', () => { onAnswer('ECONNREFUSED') })
  socket.on('data', bytes => {
    got = Buffer.concat([got, bytes])
    const wanted = got.length < 2 ? Infinity : 2 + got.readUInt16BE(0)
    if (got.length >= wanted) onAnswer(got.subarray(2, wanted))
  })
  socket.write(Buffer.concat([length, question]))
  return () => {
    socket.removeAllListeners()
    socket.on('error', () => undefined)
    socket.destroy()
  }
}
