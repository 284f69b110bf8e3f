import type { ProxySettings } from '../config/proxy.ts';
import { DEFAULT_TRAFFIC_SETTINGS, type TrafficSettings } from './traffic/traffic-settings.ts';

/** The part of the settings that the data path works by. */
export function trafficSettingsOf(settings: ProxySettings): TrafficSettings {
  return {
    ...DEFAULT_TRAFFIC_SETTINGS,
    accessLog: settings.accessLog,
    trustedProxies: settings.trustedProxies,
    headerTimeoutMs: settings.headerTimeoutSeconds * 1000,
    keepAliveMs: settings.keepAliveSeconds * 1000,
    clientIdleMs: settings.clientIdleSeconds * 1000,
    connectTimeoutMs: settings.connectTimeoutSeconds * 1000,
    upstreamIdleMs: settings.upstreamIdleSeconds * 1000,
    tunnelIdleMs: settings.tunnelIdleSeconds * 1000,
  };
}
