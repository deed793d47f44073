"""OpenAPI documents in the styles that people write them in, complete by what the gate asks; as text."""

from __future__ import annotations

PETS = """openapi: 3.0.0
info: {version: 1.0.0, title: Swagger Petstore, description: Pets.}
servers: [{url: 'http://petstore.example.com/v1'}]
security: []
tags: [{name: pets}]
paths:
  /pets:
    get:
      summary: List all pets
      description: Returns the pets, a page at a time.
      operationId: listPets
      tags: [pets]
      parameters:
        - name: limit
          in: query
          description: How many items to return at one time (max 100)
          required: false
          schema: {type: integer, maximum: 100, format: int32}
      responses:
        '200':
          description: A paged array of pets
          headers: {x-next: {description: The next page, schema: {type: string}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Pets'}, example: [{id: 1, name: Rex}]}}
        default:
          description: unexpected error
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Error'}
              example: {code: 1, message: No such pet}
    post:
      summary: Create a pet
      description: Adds a pet.
      operationId: createPets
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}, example: {id: 1, name: Rex}}}
      responses:
        '201': {description: Null response, content: {}}
        default:
          description: unexpected error
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Error'}
              example: {code: 1, message: No such pet}
  /pets/{petId}:
    get:
      summary: Info for a specific pet
      description: One pet by its number.
      operationId: showPetById
      parameters: [{name: petId, in: path, required: true, description: The id, schema: {type: string}}]
      responses:
        '200':
          description: Expected response to a valid request
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}, example: {id: 1, name: Rex}}}
        default:
          description: unexpected error
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Error'}
              example: {code: 1, message: No such pet}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, format: int64}
        name: {type: string, minLength: 1}
        tag: {type: string, maxLength: 30}
    Pets: {type: array, maxItems: 100, items: {$ref: '#/components/schemas/Pet'}}
    Error:
      type: object
      required: [code, message]
      properties: {code: {type: integer, format: int32}, message: {type: string}}
"""
"""Errors by `default`, limits by `format`."""
GATE = """openapi: 3.1.0
info: {title: Gate, version: '1'}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {read: Read}}}}
paths:
  /me:
    get:
      operationId: me
      summary: Who am I
      description: The account of the caller.
      security: [{basic: []}, {oauth: [read]}]
      responses:
        '200':
          description: The account.
          headers: {ETag: {schema: {type: string}}}
          content:
            application/json:
              schema: {type: object, required: [name], properties: {name: {type: [string, 'null']}}}
              examples: {one: {summary: One, value: {name: ann}}}
        '304': {description: As you have it.}
        '401': {description: Say who you are., headers: {WWW-Authenticate: {schema: {type: string}}}}
  /me/avatar:
    put:
      summary: Set the picture
      description: Replaces the picture.
      security: [{basic: []}]
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file]
              properties:
                file: {contentMediaType: application/octet-stream}
                caption: {type: string, maxLength: 80, examples: [me]}
          image/png: {}
      responses:
        '204': {description: Done.}
        '400':
          description: Not a picture.
          content: {text/plain: {schema: {type: string}, example: not a picture}}
        '401': {description: Say who you are.}
  /old:
    get:
      summary: The former place
      description: Leads to the new place.
      security: []
      responses:
        '301': {description: Moved., headers: {Location: {schema: {type: string, format: uri-reference}}}}
"""
"""3.1: empty challenges, a redirect, and a file that has no type."""
ORDERS = """openapi: 3.0.3
info: {title: Shop, version: '1'}
security: [{}]
x-problem: &problem
  application/problem+json:
    schema: {$ref: '#/components/schemas/Problem'}
    example: {type: 'about:blank', title: no, status: 400}
paths:
  /orders/{orderId}:
    parameters:
      - {$ref: '#/components/parameters/OrderId'}
    put:
      summary: Replace an order
      description: Creates or replaces an order.
      requestBody:
        required: true
        content:
          application/json:
            schema:
              allOf:
                - {$ref: '#/components/schemas/Base'}
                - type: object
                  properties: {note: {type: string, maxLength: 90}}
            example: {payment: {kind: card, number: '4111'}, note: quick}
      responses:
        '200':
          description: Replaced.
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}, example: {id: 1}}}
        '201': {description: Made., headers: {Location: {schema: {type: string}}}}
        '400': {description: Bad., content: *problem}
    patch:
      summary: Change an order
      description: Changes what is named.
      requestBody:
        content:
          application/merge-patch+json:
            schema:
              type: object
              properties:
                note: {type: string, nullable: true, maxLength: 90}
                tags: {type: array, uniqueItems: true, items: {type: string, enum: [a, b]}}
            example: {note: null}
      responses:
        '200':
          description: Changed.
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}, example: {id: 1}}}
        '400': {description: Bad., content: *problem}
        '404': {description: No such order., content: *problem}
    delete:
      summary: Drop an order
      description: Drops it for good.
      responses:
        '204': {description: Gone.}
        '404': {description: No such order., content: *problem}
  /orders/{orderId}/cancel:
    post:
      summary: Cancel an order
      description: Cancels it.
      parameters:
        - {$ref: '#/components/parameters/OrderId'}
      responses:
        '202':
          description: It will be.
          content: {application/json: {schema: {$ref: '#/components/schemas/Order'}, example: {id: 1}}}
        '404': {description: No such order., content: *problem}
        '409': {description: Shipped., content: *problem}
  /search:
    post:
      summary: Search
      description: Either by name or by number.
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties: {name: {type: string, maxLength: 9}, number: {type: integer, minimum: 1}}
              oneOf: [{required: [name]}, {required: [number]}]
            example: {name: a}
      responses:
        '200':
          description: Found.
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}, example: []}}
        '422': {description: Bad., content: *problem}
components:
  parameters:
    OrderId: {name: orderId, in: path, required: true, schema: {type: integer, minimum: 1}}
  schemas:
    Base:
      type: object
      required: [payment]
      properties:
        payment:
          oneOf: [{$ref: '#/components/schemas/Card'}, {$ref: '#/components/schemas/Cash'}]
          discriminator:
            propertyName: kind
            mapping: {card: '#/components/schemas/Card', cash: '#/components/schemas/Cash'}
    Card:
      type: object
      required: [kind, number]
      properties: {kind: {type: string, enum: [card]}, number: {type: string, pattern: '^[0-9]{4,}$'}}
    Cash: {type: object, required: [kind], properties: {kind: {type: string, enum: [cash]}}}
    Order: {type: object, required: [id], properties: {id: {type: integer}}}
    Problem:
      type: object
      required: [title]
      properties: {type: {type: string}, title: {type: string}, status: {type: integer}}
"""
"""Composed bodies, anchors, and operations that start something without a body."""
