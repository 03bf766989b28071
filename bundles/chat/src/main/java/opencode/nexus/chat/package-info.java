/** Conversations: which there are, how they stand, what is said in them. */
@NullMarked
package opencode.nexus.chat;

import org.jspecify.annotations.NullMarked;
