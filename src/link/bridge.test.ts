import { describe, expect, it } from 'vitest'
import { MacAddress } from '../base/address/mac.ts'
import { Trace } from '../base/trace.ts'
import { instant, s } from '../base/time.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import type { Packet } from '../wire/packet.ts'
import { PacketMemory } from '../wire/packet-memory.ts'
import { Bridge, Hub } from './bridge.ts'
import type { NetDevice } from './net-device.ts'
import { createPipe } from './pipe.ts'

const mac = (last: number) => MacAddress.of(0x0200, last)

function setUp(kind: 'hub' | 'switch') {
  const memory = new PacketMemory({ bytes: 1 << 20 })
  const clock = new VirtualClock()
  const env = { host: 'sw', trace: new Trace(), now: () => clock.now() }
  const bridge = kind === 'hub' ? new Hub(env) : new Bridge({ env, ageingUs: s(300) })
  const heard: string[] = []
  const stations = [1, 2, 3].map(n => {
    const [port, station] = createPipe({ clock, medium: 'ethernet', names: [`port${n}`, `h${n}`], addresses: [mac(100 + n), mac(n)] })
    bridge.addPort(port)
    station.receiver = {
      receive: (packet: Packet) => {
        heard.push(`h${n} ${packet.length}`)
        packet.release()
      },
      endBatch: () => { /* silent */ },
    }
    return station
  })
  const send = (from: number, to: MacAddress) => {
    const packet = memory.allocate(64)
    if (packet === undefined) throw new Error('no memory')
    packet.put(64)
    to.writeTo(packet.u8, packet.start)
    mac(from).writeTo(packet.u8, packet.start + 6)
    const station: NetDevice = stations[from - 1]
    station.send(packet)
    clock.advanceTo(clock.now())
    expect(memory.leakReport()).toEqual([])
    return heard.splice(0)
  }
  return { bridge, clock, send, stations, memory }
}

describe('a learning switch', () => {
  it('floods what it does not know, then sends to one port only', () => {
    const { send, bridge } = setUp('switch')
    expect(send(1, mac(2))).toEqual(['h2 64', 'h3 64'])
    expect(send(2, mac(1))).toEqual(['h1 64'])
    expect(send(1, mac(2))).toEqual(['h2 64'])
    expect(send(3, MacAddress.BROADCAST)).toEqual(['h1 64', 'h2 64'])
    expect(bridge instanceof Bridge && bridge.table().map(each => `${each.address.toString()} ${each.port}`)).toEqual([
      '02:00:00:00:00:01 port1', '02:00:00:00:00:02 port2', '02:00:00:00:00:03 port3',
    ])
  })

  it('forgets a station that was silent for its ageing time, and follows one that moved', () => {
    const { send, clock } = setUp('switch')
    send(2, mac(1))
    expect(send(1, mac(2))).toEqual(['h2 64'])
    clock.advanceTo(instant(301_000_000))
    expect(send(1, mac(2))).toEqual(['h2 64', 'h3 64'])
  })

  it('keeps from a port what was heard there', () => {
    const { send } = setUp('switch')
    send(1, mac(9))
    expect(send(1, mac(1))).toEqual([])
  })
})

describe('a hub', () => {
  it('repeats everything everywhere else', () => {
    const { send } = setUp('hub')
    send(2, mac(1))
    expect(send(1, mac(2))).toEqual(['h2 64', 'h3 64'])
  })

  it('drops what is too short to be a frame', () => {
    const { bridge, memory, stations } = setUp('hub')
    const packet = memory.allocate(5)
    packet?.put(5)
    if (packet !== undefined) bridge.receive(packet, bridge.ports[0])
    expect(memory.leakReport()).toEqual([])
    expect(stations[1].counters.rxPackets).toBe(0)
  })
})
