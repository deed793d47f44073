"""A complete OpenAPI document of a small service, as text."""

from __future__ import annotations

V30 = """openapi: 3.0.3
info: {title: Items, version: 1.0.0, description: Keeps items.}
security:
  - bearer: []
paths:
  /token:
    post:
      summary: Get a token
      description: Exchanges a name for a token.
      security: []
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Login'}
            example: {name: alice}
      responses:
        '200':
          description: The token.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Token'}
              example: {token: abc}
        '400': {$ref: '#/components/responses/Bad'}
  /items:
    post:
      summary: Add an item
      description: Adds an item to the store.
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/NewItem'}
            example: {name: pen}
      responses:
        '201':
          description: The new item.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Item'}
              example: {id: 1, name: pen}
        '400': {$ref: '#/components/responses/Bad'}
        '401': {$ref: '#/components/responses/Bad'}
  /items/{id}:
    parameters:
      - {name: id, in: path, required: true, description: The item's number., schema: {type: integer, minimum: 1}}
    get:
      summary: Read an item
      description: Reads one item.
      responses:
        '200':
          description: The item.
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Item'}
              example: {id: 1, name: pen}
        '401': {$ref: '#/components/responses/Bad'}
        '404': {$ref: '#/components/responses/Bad'}
    delete:
      summary: Remove an item
      description: Removes one item for good.
      responses:
        '204': {description: It is gone.}
        '401': {$ref: '#/components/responses/Bad'}
        '404': {$ref: '#/components/responses/Bad'}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
  responses:
    Bad:
      description: What is wrong.
      content:
        application/json:
          schema: {$ref: '#/components/schemas/Error'}
          example: {error: no such item}
  schemas:
    Login:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: {type: string, minLength: 1, maxLength: 40}
    Token:
      type: object
      required: [token]
      properties:
        token: {type: string}
    NewItem:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: {type: string, minLength: 1, maxLength: 40}
    Item:
      type: object
      required: [id, name]
      additionalProperties: false
      properties:
        id: {type: integer, minimum: 1}
        name: {type: string}
    Error:
      type: object
      required: [error]
      properties:
        error: {type: string}
"""
V31 = V30.replace("openapi: 3.0.3", "openapi: 3.1.0")
