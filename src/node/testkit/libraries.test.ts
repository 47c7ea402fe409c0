// Libraries as they come from npm, on two hosts with 50 ms of delay and 2 % of loss between them.

import express from 'express'
import { expect, it } from 'vitest'
import type * as ws from 'ws'
import { inWorld } from './in-world.ts'

const LINK = 'delay 50ms loss 2%'

async function chat(): Promise<{ hash: string, got: string[] }> {
  return inWorld({ seed: 5, tells: false, artifacts: '' }, async world => {
    const [server, client] = [world.host('server'), world.host('client')]
    world.link(server, client, LINK)
    await server.run(({ require }) => {
      const { WebSocketServer } = require('ws') as typeof ws
      new WebSocketServer({ port: 80 }).on('connection', socket => {
        socket.on('message', data => { socket.send(String(data).toUpperCase()) })
      })
    })
    // ws draws its masks from a pool in its module: a copy of its own begins anew with each world.
    const got = await client.run(({ fresh }) => new Promise<string[]>((resolve, reject) => {
      const { WebSocket } = fresh('ws') as typeof ws
      const got: string[] = []
      const socket = new WebSocket('ws://server/')
      socket.on('open', () => { for (let i = 0; i < 100; i++) socket.send(`message ${i}`) }).on('error', reject)
      socket.on('message', data => {
        got.push(String(data))
        if (got.length === 100) socket.close()
      })
      socket.on('close', () => { resolve(got) })
    }))
    return { got, hash: world.traceHash() }
  })
}

it('ws: a hundred messages in order, the same packets each time', async () => {
  const first = await chat()
  expect(first.got).toEqual(Array.from({ length: 100 }, (_, i) => `MESSAGE ${i}`))
  expect((await chat()).hash).toBe(first.hash)
})

async function shop(): Promise<string> {
  return inWorld({ seed: 6, tells: false, artifacts: '' }, async world => {
    const [server, client] = [world.host('server'), world.host('client')]
    world.link(server, client, LINK)
    await server.run(() => {
      const app = express()
      app.use(express.json())
      app.post('/orders', (request, response) => {
        const { item } = request.body as { item: string }
        setTimeout(() => { response.status(201).json({ order: item, at: new Date().toISOString() }) }, 1000)
      })
      app.listen(80)
    })
    const answers = await client.run(() => Promise.all(['tea', 'cake'].map(async item => {
      const response = await fetch('http://server/orders', {
        method: 'POST',
        headers: { 'content-type': 'application/json' }, body: JSON.stringify({ item }), signal: AbortSignal.timeout(10_000),
      })
      return [response.status, (await response.json() as { order: string, at: string }).order, response.headers.get('date')?.slice(0, 16)]
    })))
    expect(answers).toEqual([[201, 'tea', 'Tue, 01 Jan 2030'], [201, 'cake', 'Tue, 01 Jan 2030']])
    return world.traceHash()
  })
}

it('express and fetch: answers arrive, dates are the world\'s, the same packets each time', async () => {
  expect(await shop()).toBe(await shop())
})
