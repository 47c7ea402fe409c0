// What a user gets wrong: one line that names the errno and what to do, exit code 2, nothing left behind.

import { buildIfStale } from '../support/programs.ts'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Namespace, tapSkipReason } from './namespace.ts'

const reason = tapSkipReason()
const OURS = ['--address', '198.18.0.2/24']
const HOST = ['--host-address', '198.18.0.1/24']

describe.skipIf(reason !== undefined)(`wrong set-up is explained${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let namespace: Namespace

  beforeAll(buildIfStale, 300_000)
  beforeEach(() => { namespace = Namespace.create() })
  afterEach(async () => { await namespace.remove() })

  it.each([
    ['no device', ['up', ...OURS], /EINVAL: .*--tap NAME/],
    ['no address', ['up', '--tap', 'sk0'], /EINVAL: .*--address CIDR/],
    ['a bad CIDR', ['up', '--tap', 'sk0', '--address', '198.18.0.2'], /EINVAL: --address 198\.18\.0\.2: .*write it like/],
    ['a bad host CIDR', ['up', '--tap', 'sk0', ...OURS, '--host-address', '198.18.0.1/40'], /EINVAL: --host-address 198\.18\.0\.1\/40/],
    ['two devices', ['up', '--tap', 'sk0', '--tun', 'sk1', ...OURS], /EINVAL: --tap and --tun exclude/],
    ['a bad MTU', ['up', '--tap', 'sk0', ...OURS, '--mtu', '20'], /EINVAL: --mtu 20/],
    ['an unknown option', ['up', '--tapp', 'sk0'], /EINVAL: unknown option '--tapp'/],
    ['an unknown command', ['upp'], /EINVAL: unknown command 'upp'/],
    ['a name that is too long', ['up', '--tap', 'sockeye-is-too-long', ...OURS], /--tap sockeye-is-too-long: EINVAL: a device name has/],
    ['a device of another kind', ['up', '--tap', 'lo', ...OURS], /--tap lo: EINVAL: the name is taken/],
    ['an unknown setting', ['up', '--tap', 'sk0', ...OURS, '--sysctl', 'net.ipv4.tcp_nonsense=1'], /--sysctl .*: ENOENT: /],
    ['bad impairment', ['up', '--tap', 'sk0', ...OURS, '--impair', 'loss lots'], /EINVAL: --impair/],
    ['a gateway out of reach', ['up', '--tap', 'sk0', ...OURS, '--gateway', '198.19.0.1'], /--gateway 198\.19\.0\.1: E[A-Z]+: /],
    ['a folder that is not there', ['up', '--tap', 'sk0', ...OURS, ...HOST, '--serve', '/nonexistent'], /--serve \/nonexistent: ENOENT: /],
    ['two services on one port', ['up', '--tap', 'sk0', ...OURS, ...HOST, '--serve', '.', '--serve', '.'], /--serve \.: EADDRINUSE: /],
    ['a capture that cannot be written', ['up', '--tap', 'sk0', ...OURS, '--capture', '/nonexistent/x'], /--capture \/nonexistent\/x: ENOENT: /],
    ['a URL that is none', ['get', 'ftp://198.18.0.1/', '--tap', 'sk0', ...OURS], /EINVAL: ftp:/],
  ])('%s', async (_what, operands, expected) => {
    const { code, stdout, stderr } = await namespace.sockeye(...operands).finished
    expect(stderr).toMatch(expected)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(namespace.devices()).toEqual([])
  })

  it('a device that another program holds', async () => {
    const first = namespace.sockeye('up', '--tap', 'sk0', ...OURS)
    await first.says('ready')
    const second = await namespace.sockeye('up', '--tap', 'sk0', ...OURS).finished
    expect(second.stderr).toMatch(/--tap sk0: EBUSY: another program holds this device/)
    expect(second.code).toBe(2)
    expect((await first.stop()).code).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it cleanly', async signal => {
    const up = namespace.sockeye('up', '--tap', 'sk0', ...HOST, ...OURS)
    await up.says('ready')
    expect(namespace.devices()).toEqual(['sk0'])
    expect(await up.stop(signal)).toMatchObject({ code: 0, stderr: '' })
    expect(namespace.devices()).toEqual([])
  })
})
