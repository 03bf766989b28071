/** The wall: one owner, one password, and the browsers that know it. */
@NullMarked
package opencode.nexus.auth;

import org.jspecify.annotations.NullMarked;
