/** The HTTP API of conversations. Translates, decides nothing. */
@NullMarked
package opencode.nexus.web.chat;

import org.jspecify.annotations.NullMarked;
