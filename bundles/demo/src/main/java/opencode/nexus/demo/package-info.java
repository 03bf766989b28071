/** A stand-in for a language model: canned answers, no AI. */
@NullMarked
package opencode.nexus.demo;

import org.jspecify.annotations.NullMarked;
