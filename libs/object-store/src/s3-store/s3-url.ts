import type { ClientOptions } from 'minio';

export interface S3Location {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint: ClientOptions;
  /** Where holders of presigned URLs reach the store, when that is another address. */
  readonly publicEndpoint: ClientOptions;
}

/** Reads `s3://ACCESS:SECRET@host:port/bucket?ssl=false&region=us-east-1&public=https://files.example.com`. Throws without the secret in the message. */
export function parseS3Url(url: URL): S3Location {
  const bucket = url.pathname.replace(/^\/|\/$/g, '');
  if (!url.hostname || !url.username || !url.password || !bucket || bucket.includes('/')) {
    throw new Error('object store: expected s3://ACCESS:SECRET@host:port/bucket');
  }
  const region = url.searchParams.get('region') ?? 'us-east-1';
  const account = {
    accessKey: decodeURIComponent(url.username),
    secretKey: decodeURIComponent(url.password),
    region,
    pathStyle: true,
  };
  const useSSL = url.searchParams.get('ssl') !== 'false';
  const endpoint = { ...account, endPoint: url.hostname, port: portOf(url, useSSL), useSSL };
  const shown = url.searchParams.get('public');
  return { bucket, region, endpoint, publicEndpoint: shown ? { ...account, ...originOf(shown) } : endpoint };
}

function originOf(text: string): { endPoint: string; port: number; useSSL: boolean } {
  const url = new URL(text);
  const useSSL = url.protocol === 'https:';
  if (!useSSL && url.protocol !== 'http:') throw new Error('object store: "public" must be an http or https origin');
  // A path would be part of what is signed and is not known to the store.
  if (url.pathname !== '/') throw new Error('object store: "public" must be an origin, without a path');
  return { endPoint: url.hostname, port: portOf(url, useSSL), useSSL };
}

function portOf(url: URL, useSSL: boolean): number {
  return url.port ? Number(url.port) : useSSL ? 443 : 80;
}
