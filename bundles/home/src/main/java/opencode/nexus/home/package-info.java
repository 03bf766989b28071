/** The owner's private directory: one gateway at a time, nobody else reads it, and no file is ever half written. */
@NullMarked
package opencode.nexus.home;

import org.jspecify.annotations.NullMarked;
