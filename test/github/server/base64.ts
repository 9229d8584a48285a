/** Base64 as GitHub sends it: in lines of 60 characters. */
export function wrapped(content: Buffer): string {
  return content.toString('base64').replace(/.{1,60}/g, '$&\n')
}
