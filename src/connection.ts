// What `import ... from 'multiproc/connection'` gives. Re-exports only.
export { Connection } from './channels/connection.ts';
export type { Address, Family } from './net/addresses.ts';
export type { AllowedModules } from './net/allowed_modules.ts';
export { type AuthenticationOptions, answerChallenge, type ByteConnection, deliverChallenge } from './net/authentication.ts';
export { Client, type ClientOptions, type ConnectionOptions } from './net/client.ts';
export { Listener, type ListenerOptions } from './net/listener.ts';
export type { Serializer, SerializerOption } from './net/values.ts';
