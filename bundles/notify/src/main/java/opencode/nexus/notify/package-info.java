/** Keeps what the owner is told, and hands it to channels. */
@NullMarked
package opencode.nexus.notify;

import org.jspecify.annotations.NullMarked;
